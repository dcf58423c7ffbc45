export { imageFromTensor, imageToTensor, imagesToTensor } from './imageTensors.js';
